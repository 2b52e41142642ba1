// The face of the project's settings.
export { SettingsPage } from './SettingsPage'
