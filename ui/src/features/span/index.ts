// Face of the content of one span, which the trace page and the call page show. Components are a chunk of their own,
// read when the first span is shown (or asked for by `readSpanContent`); what reads a detail without drawing it is not.
import { lazy } from 'react'
import { whenThere } from '@/api/reach'

export const readSpanContent = () => whenThere(() => import('./content'))

export const Chat = lazy(() => readSpanContent().then((file) => ({ default: file.Chat })))
export const Details = lazy(() => readSpanContent().then((file) => ({ default: file.Details })))
export const Failure = lazy(() => readSpanContent().then((file) => ({ default: file.Failure })))
export const Parameters = lazy(() => readSpanContent().then((file) => ({ default: file.Parameters })))
export const Raw = lazy(() => readSpanContent().then((file) => ({ default: file.Raw })))
export const Reproduce = lazy(() => readSpanContent().then((file) => ({ default: file.Reproduce })))
export const TokenTable = lazy(() => readSpanContent().then((file) => ({ default: file.TokenTable })))

export { errorLabel, flagOf, listOf, numberOf, recordOf, textOf } from './lib/detail'
export { readPart, type ToolCallPlace } from './lib/messages'
export { requestOf, write, type Language } from './lib/reproduce'
export { stallsOf, type Stall } from './lib/timeline'
