import * as sync from '../sync'

// The outbox writes the file; this room only asks it to, where it can.

interface Exporter {
  exportOutbox?: () => Promise<void>
}

/** Saves what is unsent to a file, or null where the outbox of this app has no such thing. */
export const saveOutbox: (() => Promise<void>) | null = (sync as Exporter).exportOutbox ?? null
