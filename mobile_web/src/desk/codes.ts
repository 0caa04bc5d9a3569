// How a batch is called. Most carry the code of their label; one that was never labelled is called by the end of its id.

interface Named {
  id: string
  human_code: string | null
}

const ENDING = 6

/** For people to read. */
export function codeOf({ id, human_code }: Named): string {
  return human_code ?? `#${id.slice(-ENDING)}`
}

/** For an address: what the server finds it by. */
export function refOf({ id, human_code }: Named): string {
  return encodeURIComponent(human_code ?? id)
}
