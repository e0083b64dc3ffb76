// Backstage's own catalog with tech-insights, by the part of app-config.yaml that is named after the folder in which
// their packages are, apart from the project.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import yaml from 'js-yaml';
import { answerWith } from './answer.mjs';

const [, , folder, file] = process.argv;
const require = createRequire(join(folder, 'package.json'));
const { coreServices, createBackendModule } = require('@backstage/backend-plugin-api');
const { mockServices, startTestBackend } = require('@backstage/backend-test-utils');
const { stringifyEntityRef } = require('@backstage/catalog-model');
const { loadConfigSchema } = require('@backstage/config-loader');
const { catalogProcessingExtensionPoint } = require('@backstage/plugin-catalog-node');

const plugins = [
  '@backstage-community/plugin-tech-insights-backend',
  '@backstage-community/plugin-tech-insights-backend-module-jsonfc',
];
const own = {
  app: { baseUrl: 'http://localhost:0' },
  backend: {
    baseUrl: 'http://localhost:0',
    listen: { host: '127.0.0.1', port: 0 },
    database: { client: 'better-sqlite3', connection: ':memory:' },
  },
};

let connection;
const given = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'given',
  register: (module) =>
    module.registerInit({
      deps: { catalog: catalogProcessingExtensionPoint },
      init: async ({ catalog }) =>
        catalog.addEntityProvider({
          getProviderName: () => 'given',
          connect: async (one) => {
            connection = one;
          },
        }),
    }),
});

let scheduler;
const triggered = createBackendModule({
  pluginId: 'tech-insights',
  moduleId: 'triggered',
  register: (module) =>
    module.registerInit({
      deps: { scheduler: coreServices.scheduler },
      init: async (deps) => {
        scheduler = deps.scheduler;
      },
    }),
});

const config = yaml.load(readFileSync(file, 'utf8'));
const { server } = await startTestBackend({
  features: [
    mockServices.rootConfig.factory({ data: { ...own, ...config } }),
    require('@backstage/plugin-catalog-backend').default,
    ...plugins.map((name) => require(name).default),
    given,
    triggered,
  ],
});

async function ask(path, body) {
  const post = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(`http://localhost:${server.port()}/api/${path}`, post);
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return response.json();
}

/** The catalog takes entities in one by one, and leaves out what it finds wrong. */
async function takenIn(refs) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { items } = await ask('catalog/entities/by-refs', { entityRefs: refs, fields: ['kind'] });
    const missing = refs.filter((_, index) => !items[index]);
    if (missing.length === 0) return;
    if (Date.now() > deadline) throw new Error(`the catalog does not take ${missing.join(', ')}`);
    await setTimeout(200);
  }
}

/** An entity must say where it is from. */
function located(entity) {
  const from = 'url:https://git.example.org/catalog-info.yaml';
  const annotations = {
    ...entity.metadata.annotations,
    'backstage.io/managed-by-location': from,
    'backstage.io/managed-by-origin-location': from,
  };
  return { entity: { ...entity, metadata: { ...entity.metadata, annotations } }, locationKey: 'given' };
}

await answerWith({
  /** As Backstage checks app-config.yaml when it starts: what it finds wrong is thrown. */
  async config(data) {
    const packagePaths = plugins.map((name) => require.resolve(`${name}/package.json`));
    const schema = await loadConfigSchema({ dependencies: [], packagePaths });
    return schema.process([{ context: file, data: { ...own, ...data } }]).length > 0;
  },
  /** What every check that is configured says of entities, once the retrievers that are configured have run. */
  async verdicts(entities) {
    const refs = entities.map(stringifyEntityRef);
    await connection.applyMutation({ type: 'full', entities: entities.map(located) });
    await takenIn(refs);
    for (const name of Object.keys(config.techInsights.factRetrievers)) await scheduler.triggerTask(name);
    return ask('tech-insights/checks/run', { entities: refs });
  },
});
