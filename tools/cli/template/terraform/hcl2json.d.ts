/** The part that is used; the package's own declarations bring in those of a browser. */
declare module '@cdktn/hcl2json' {
  /** An expression with its parts. */
  export interface Expression {
    /** Empty for brackets, and for the key of an object's member. */
    readonly type: string;
    readonly meta?: {
      /** The source text, or the text of a literal. */
      readonly value?: string;
      /** Of a function. */
      readonly name?: string;
      readonly operator?: string;
      /** Of `for`. */
      readonly valVar?: string;
    };
    readonly children: readonly Expression[];
    readonly range: { readonly start: { readonly byte: number }; readonly end: { readonly byte: number } };
  }

  /** The file as JSON, in which an expression is text within `${` and `}`, and each block is in a list. */
  export function parse(filename: string, contents: string): Promise<unknown>;

  export function getExpressionAst(filename: string, expression: string): Promise<Expression | null>;
}
