/** Thrown when a person has to act before Docket can start; the message names the thing, the reason and the way out. */
export class StartRefused extends Error {
  override name = 'StartRefused'
}

/** What a process exits with then: starting it again without that act would change nothing (sysexits.h, EX_CONFIG). */
export const startRefusedExitCode = 78
