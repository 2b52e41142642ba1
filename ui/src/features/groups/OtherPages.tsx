// The pages that are the shared pattern and nothing more.
import type { ReactNode } from 'react'
import { GroupPage } from './GroupPage'

export const UsersPage = (): ReactNode => <GroupPage id="users" />
export const FeaturesPage = (): ReactNode => <GroupPage id="features" />
export const ReleasesPage = (): ReactNode => <GroupPage id="releases" />
