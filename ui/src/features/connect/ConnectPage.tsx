// The page "Connect".
import type { ReactNode } from 'react'
import { ConnectPanel } from './ConnectPanel'

export function ConnectPage(): ReactNode {
  return <ConnectPanel />
}
