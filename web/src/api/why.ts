import { getJson } from './http';

/** Why something is as it is: a sentence, and the chain of causes behind it. */
export interface Why {
  readonly summary: string;
  readonly links: readonly WhyLink[];
}

export interface WhyLink {
  readonly what: string;
  readonly detail?: string;
  readonly at?: string;
  /** True for a condition that holds, false for one that does not; unset for a plain cause. */
  readonly ok?: boolean;
}

interface WhyAnswer {
  readonly summary?: string;
  readonly chain?: readonly WhyLink[];
}

export async function whyNot(namespace: string, application: string, environment: string, signal?: AbortSignal): Promise<Why> {
  const answer = await getJson<WhyAnswer>(`/fairway/v1/applications/${namespace}/${application}/why/${environment}`, signal);
  return { summary: answer.summary ?? '', links: answer.chain ?? [] };
}
