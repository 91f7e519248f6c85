/** One link in the chain from what shows to its cause. */
export interface WhyLink {
  readonly what: string;
  readonly detail?: string;
  readonly at?: string;
  /** True for a condition that holds, false for one that does not; unset for a plain cause. */
  readonly ok?: boolean;
}
