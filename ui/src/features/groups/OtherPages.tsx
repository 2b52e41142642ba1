// The pages that are the shared pattern and little more.
import type { ReactNode } from 'react'
import { Largest } from './components/Largest'
import { PromptLength } from './components/PromptLength'
import { GroupPage } from './GroupPage'

export const UsersPage = (): ReactNode => <GroupPage id="users" />
export const FeaturesPage = (): ReactNode => <GroupPage id="features" />
export const ReleasesPage = (): ReactNode => <GroupPage id="releases" extra={(context) => <><PromptLength context={context} /><Largest context={context} /></>} />
