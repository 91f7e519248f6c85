import { Button } from '@mantine/core';
import { ApiError } from '../api/http';
import classes from './Failure.module.css';
import { StateIcon } from './StateIcon';

interface Props {
  readonly error: unknown;
  readonly what: string;
  readonly retry?: () => void;
}

/** An error that says what could not be done, why, and what to do about it. */
export function Failure({ error, what, retry }: Props) {
  const { status, message } = describe(error);
  return (
    <div className={classes.failure} role="alert">
      <StateIcon tone="bad" size={16} />
      <div className={classes.text}>
        <strong>{what}</strong>
        <div>{message}</div>
        <div className="fw-muted">{advice(status)}</div>
      </div>
      {retry && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

function describe(error: unknown): { status: number; message: string } {
  if (error instanceof ApiError) return { status: error.status, message: error.message };
  const failure = error as { code?: number; message?: string } | null;
  return { status: failure?.code ?? -1, message: failure?.message ?? String(error) };
}

function advice(status: number): string {
  switch (status) {
    case 0: return 'The page mends itself when Fairway is back.';
    case 401: return 'Your session has ended. Get a fresh sign-in link with: fairway portal';
    case 403: return 'Your identity may not do this. It is the same rule that kubectl would meet.';
    case 404: return 'It may have been deleted, or the link may be old.';
    case 409: return 'Someone else changed it first. Look at its state now, then decide again.';
    default: return status >= 500 ? 'The reason is in the log of the program that runs Fairway.' : '';
  }
}
