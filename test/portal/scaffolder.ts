import { type Backend, openBackend } from './backend.ts';

/** A file as the scaffolder takes and gives it. */
export interface ScaffoldedFile {
  readonly path: string;
  readonly base64Content: string;
}

/** What came of a dry run. */
export interface DryRun {
  readonly status: number;
  readonly body: {
    readonly directoryContents?: readonly ScaffoldedFile[];
    readonly log?: readonly { readonly body: { readonly message: string; readonly stepId?: string } }[];
    readonly errors?: readonly { readonly stack: string }[];
  };
}

/** Backstage's scaffolder. */
export type Scaffolder = Backend<'actions' | 'dry-run' | 'entity'>;

/** Starts Backstage's scaffolder with the actions of git hosts. */
export const openScaffolder = (): Promise<Scaffolder> => openBackend('scaffolder.mjs');
