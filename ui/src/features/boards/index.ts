// The face of dashboards.
export { AddToBoard } from './AddToBoard'
export { BoardPage } from './BoardPage'
export { BoardsPage } from './BoardsPage'
