/** A request that the server refused or could not answer, in the server's own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly title?: string;
  readonly detail?: string;
}

/** Reads the server's answer to a failed request: a Kubernetes Status, a problem document, or plain text. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  let body: StatusBody = {};
  try {
    body = JSON.parse(text) as StatusBody;
  } catch {
    // Not JSON: the text itself is the message.
  }
  const message = body.message ?? body.detail ?? body.title ?? (text.length > 0 && text.length < 400 ? text : response.statusText);
  return new ApiError(response.status, body.reason ?? response.statusText, message || `The server answered ${response.status}.`);
}

/** One request to the origin that served the portal; the session cookie goes along. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'Unreachable', 'Fairway does not answer. Is it running? Start it with `fairway up`.');
  }
  if (response.ok) return response;
  throw await errorOf(response);
}

export async function getJson<T>(path: string, signal?: AbortSignal, accept = 'application/json'): Promise<T> {
  const response = await request(path, { signal, headers: { accept } });
  return (await response.json()) as T;
}

export async function postJson<T>(path: string, body?: unknown): Promise<T> {
  const response = await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export async function patchJson<T>(path: string, body: unknown): Promise<T> {
  const response = await request(path, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}

/** Query parameters, leaving out what is not set. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return entries.length ? `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}` : '';
}
