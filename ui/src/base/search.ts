// Parameters of an address as texts: those named, where they say something.

export function pickTexts<Key extends string>(search: Readonly<Record<string, unknown>>, keys: readonly Key[]): Partial<Record<Key, string>> {
  const found = keys.flatMap((key) => (typeof search[key] === 'string' && search[key] !== '' ? [[key, search[key]]] : []))
  return Object.fromEntries(found) as Partial<Record<Key, string>>
}
