import { getJson } from './http';

/** An object in an application's tree, with what hangs from it. */
export interface TreeNode {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly cluster?: string;
  readonly uid?: string;
  readonly health?: string;
  readonly sync?: string;
  readonly message?: string;
  readonly createdAt?: string;
  readonly children?: readonly TreeNode[];
}

/** From the application's objects in an environment down to its pods, health rolled up by the server. */
export async function readTree(namespace: string, application: string, environment: string, signal?: AbortSignal): Promise<TreeNode> {
  return getJson<TreeNode>(`/fairway/v1/applications/${namespace}/${application}/tree/${environment}`, signal);
}
