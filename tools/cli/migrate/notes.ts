/** What became of one field, and why. */
export interface Note {
  readonly path: string;
  readonly verdict: 'kept' | 'added' | 'changed' | 'renamed' | 'dropped' | 'now acts';
  readonly why: string;
}

/** Collects what became of the fields of one request. */
export class Notes {
  readonly all: Note[] = [];

  add(path: string, verdict: Note['verdict'], why: string): void {
    this.all.push({ path, verdict, why });
  }
}
