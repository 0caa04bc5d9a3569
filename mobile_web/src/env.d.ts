// Resolved in vite.config.ts to the wasm that belongs to the scanner's own JavaScript.
declare module 'scanner-wasm?url' {
  const url: string
  export default url
}

/** Which build this is; set in vite.config.ts. */
declare const __VERSION__: string
