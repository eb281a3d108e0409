/** One request to one of Gogs' endpoints. */
export interface Endpoint {
  /** Default `GET`. Only `GET` is repeated after a failure. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON; text as it is. */
  readonly body?: unknown;
  /** What is asked for, as an error names it: "repository", "file". */
  readonly what: string;
  /** The first version of Gogs that has it. */
  readonly since?: string;
  /** A 404 with a page means that a ref is absent, not that the route is. */
  readonly pageMeansNoRef?: boolean;
  /** What an answer 422 without words is about. */
  readonly refusalHint?: string;
}
