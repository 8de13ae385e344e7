/** The version in an If-Match header: `"7"`, as our ETag had it; null where it is none of ours. */
export function readVersion(header: string): number | null {
  const digits = /^"([1-9]\d{0,14})"$/.exec(header)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** A version as an ETag. */
export const tagOf = (version: number): string => `"${version}"`
