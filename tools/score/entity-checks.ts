import { member } from '../../functions/core/observed.ts';

/** One thing that makes an entity of the catalog good to have. */
export interface EntityCheck {
  readonly id: string;
  /** As people say it. */
  readonly title: string;
  readonly remedy: string;
  /** Kinds that have it; without it, all of `entityKinds`. */
  readonly kinds?: readonly string[];
  /** The fact of a retriever of Backstage's tech-insights 3.1 that says the same; without it, none does. */
  readonly fact?: { readonly retriever: string; readonly name: string };
  holds(entity: unknown): boolean;
}

/**
 * Kinds of the catalog that their owners describe. Groups and users have no owner, and come from a directory; a Location
 * only says where others are (Backstage, descriptor format).
 */
export const entityKinds: readonly string[] = ['API', 'Component', 'Domain', 'Resource', 'System'];

/** The catalog's own words for where something is in its life (Backstage, descriptor format). */
const lifecycles = ['experimental', 'production', 'deprecated'];

const metadata = (entity: unknown, field: string): unknown => member(member(entity, 'metadata'), field);
const hasText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const hasItems = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

export const entityChecks: readonly EntityCheck[] = [
  {
    id: 'owner',
    title: 'A group owns it',
    remedy: 'name a group in spec.owner; a person leaves',
    fact: { retriever: 'entityOwnershipFactRetriever', name: 'hasGroupOwner' },
    // A reference without a kind is one to a group (Backstage, entity references).
    holds: (entity) => {
      const owner = member(member(entity, 'spec'), 'owner');
      return hasText(owner) && /^(group:|[^:]+$)/i.test(String(owner));
    },
  },
  {
    id: 'title',
    title: 'It has a title',
    remedy: 'write metadata.title',
    fact: { retriever: 'entityMetadataFactRetriever', name: 'hasTitle' },
    holds: (entity) => hasText(metadata(entity, 'title')),
  },
  {
    id: 'description',
    title: 'It has a description',
    remedy: 'write metadata.description',
    fact: { retriever: 'entityMetadataFactRetriever', name: 'hasDescription' },
    holds: (entity) => hasText(metadata(entity, 'description')),
  },
  {
    id: 'tags',
    title: 'It has tags',
    remedy: 'list metadata.tags',
    fact: { retriever: 'entityMetadataFactRetriever', name: 'hasTags' },
    holds: (entity) => hasItems(metadata(entity, 'tags')),
  },
  {
    id: 'docs',
    title: 'It has documentation',
    remedy: 'annotate it with backstage.io/techdocs-ref',
    fact: { retriever: 'techdocsFactRetriever', name: 'hasAnnotationBackstageIoTechdocsRef' },
    holds: (entity) => hasText(member(metadata(entity, 'annotations'), 'backstage.io/techdocs-ref')),
  },
  {
    id: 'links',
    title: 'It has links',
    remedy: 'list metadata.links',
    holds: (entity) => hasItems(metadata(entity, 'links')),
  },
  {
    id: 'lifecycle',
    title: 'Its lifecycle is told',
    remedy: `write spec.lifecycle: ${lifecycles.join(', ')}`,
    kinds: ['API', 'Component'],
    holds: (entity) => lifecycles.includes(String(member(member(entity, 'spec'), 'lifecycle'))),
  },
];
