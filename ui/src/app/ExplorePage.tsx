// The explorer with its door to dashboards: the two features do not know each other.
import type { ReactNode } from 'react'
import { AddToBoard } from '@/features/boards'
import { MetricsPage } from '@/features/metrics'

export const ExplorePage = (): ReactNode => <MetricsPage tools={<AddToBoard />} />
