// What stands in the place of a list, or of panels, while the filter above them cannot be read: why is said at the filter, once.
import type { ReactNode } from 'react'
import { Empty } from './states'

export function Unread({ onClear }: { onClear: () => void }): ReactNode {
  return (
    <Empty title="Nothing is shown yet">
      <p>This waits until the filter above can be read.</p>
      <button type="button" className="btn" onClick={onClear}>Clear the filter</button>
    </Empty>
  )
}
