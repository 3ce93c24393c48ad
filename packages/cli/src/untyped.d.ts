declare module 'interpret' {
  /** The modules that let `require` read files of an extension. */
  const interpret: { readonly jsVariants: Readonly<Record<string, unknown>> }
  export default interpret
}

declare module 'rechoir' {
  /** Loads the first module that is installed for the file's extension. */
  export function prepare(
    extensions: Readonly<Record<string, unknown>>,
    file: string,
    cwd: string,
    nothrow: true,
  ): readonly unknown[] | boolean | NoLoader | undefined

  /** None of them is installed. */
  export interface NoLoader extends Error {
    readonly failures: readonly { readonly moduleName: string }[]
  }
}
