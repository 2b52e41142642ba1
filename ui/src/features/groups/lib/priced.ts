// A model as somebody names it, among those that have a price.

export interface PricedModel {
  provider: string
  model: string
}

/** `provider/model`, or a model's name alone: then the provider with the shortest name, which is the maker and no reseller. */
export function pricedModel(text: string, known: readonly PricedModel[]): PricedModel | null {
  const typed = text.trim()
  const whole = known.find((item) => `${item.provider}/${item.model}` === typed)
  if (whole) return { provider: whole.provider, model: whole.model }
  const named = known.filter((item) => item.model === typed).sort((a, b) => a.provider.length - b.provider.length)[0]
  return named ? { provider: named.provider, model: named.model } : null
}
