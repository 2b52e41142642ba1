// Face of the pages that show traffic by one dimension.
export { CostsPage } from './CostsPage'
export { FeaturesPage, ReleasesPage, UsersPage } from './OtherPages'
export { ModelsPage } from './ModelsPage'
export { QualityPage } from './QualityPage'
export { RetrievalPage } from './RetrievalPage'
export { ToolsPage } from './ToolsPage'
