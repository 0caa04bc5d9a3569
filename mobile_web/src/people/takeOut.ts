/** Saves what is unsent on this phone, of whoever recorded it, to a file. */
export async function saveOutbox(): Promise<void> {
  const carry = await import('../carry/carry')
  carry.saveFile(await carry.exportFile())
}
