// Face of sessions: their list, and one as a conversation.
export { SessionsPage } from './SessionsPage'
export { SessionPage } from './SessionPage'
