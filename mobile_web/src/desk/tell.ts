import { record, receiptFor, sendUnsent, type Draft } from '../sync'
import type { Receipt } from '../wire'

/** Records a fact from the desk by the same door as a phone: written down first, then sent. Null while it could not be
 * sent; it then leaves by itself later. */
export async function tell(person: string, about: string, draft: Draft): Promise<Receipt | null> {
  const row = await record(person, about, draft)
  await sendUnsent(person)
  return (await receiptFor(row.id))?.receipt ?? null
}
