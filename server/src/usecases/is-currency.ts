const known = new Set(Intl.supportedValuesOf('currency'))

/** Whether this is an alphabetic code of ISO 4217. */
export const isCurrency = (code: string): boolean => known.has(code)
