// Backstage's own scaffolder. Its packages are in the folder that is named, apart from the project.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { answerWith } from './answer.mjs';

const require = createRequire(join(process.argv[2], 'package.json'));
const { createBackendModule } = require('@backstage/backend-plugin-api');
const { startTestBackend, mockServices } = require('@backstage/backend-test-utils');
const catalog = require('@backstage/catalog-model');
const { templateEntityV1beta3Validator } = require('@backstage/plugin-scaffolder-common');
const { createTemplateAction, scaffolderActionsExtensionPoint } = require('@backstage/plugin-scaffolder-node');

/** CNOE's portal has this action, which is in no package; its input is that of cnoe-io/backstage-app. */
const createArgoApplication = createTemplateAction({
  id: 'cnoe:create-argocd-app',
  description: 'stands in for the action of the portal of CNOE',
  schema: {
    input: Object.fromEntries(
      ['repoUrl', 'projectName', 'appName', 'argoInstance', 'path', 'appNamespace'].map((name) => [
        name,
        (z) => z.string(),
      ]),
    ),
  },
  handler: async () => {},
});

const cnoe = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'cnoe',
  register: (module) =>
    module.registerInit({
      deps: { actions: scaffolderActionsExtensionPoint },
      init: async ({ actions }) => actions.addActions(createArgoApplication),
    }),
});

const { server } = await startTestBackend({
  features: [
    mockServices.rootConfig.factory({
      data: {
        backend: { baseUrl: 'http://localhost:0', listen: { host: '127.0.0.1', port: 0 } },
        integrations: {
          gitea: [
            {
              host: 'gitea.cnoe.localtest.me:8443',
              baseUrl: 'https://gitea.cnoe.localtest.me:8443',
              username: 'u',
              password: 'p',
            },
          ],
        },
      },
    }),
    require('@backstage/plugin-scaffolder-backend').default,
    require('@backstage/plugin-scaffolder-backend-module-github').default,
    require('@backstage/plugin-scaffolder-backend-module-gitea').default,
    require('@backstage/plugin-scaffolder-backend-module-gitlab').default,
    cnoe,
  ],
});
const url = `http://localhost:${server.port()}/api/scaffolder/v2`;

const policy = catalog.EntityPolicies.allOf([
  new catalog.SchemaValidEntityPolicy(),
  new catalog.DefaultNamespaceEntityPolicy(),
  new catalog.NoForeignRootFieldsEntityPolicy(),
  new catalog.FieldFormatEntityPolicy(),
]);
const kinds = {
  Component: catalog.componentEntityV1alpha1Validator,
  Location: catalog.locationEntityV1alpha1Validator,
  Resource: catalog.resourceEntityV1alpha1Validator,
  System: catalog.systemEntityV1alpha1Validator,
  Template: templateEntityV1beta3Validator,
};

await answerWith({
  async actions() {
    return (await fetch(`${url}/actions`)).json();
  },
  async 'dry-run'(body) {
    const response = await fetch(`${url}/dry-run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  },
  /** As the catalog takes an entity in: what it finds wrong is thrown. */
  async entity(entity) {
    await policy.enforce(entity);
    return kinds[entity.kind].check(entity);
  },
});
