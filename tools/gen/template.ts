import { apiVersionName, type Blueprint, groups } from '../../functions/core/blueprint.ts';
import { type Template, templateOf } from '../cli/template/template.ts';
import { toForm } from '../openapi/backstage/index.ts';
import { specOf } from './xrd.ts';

/** The Backstage template of a blueprint's namespaced form, from its own schema, which tells what a change does. */
export function portalTemplateOf(blueprint: Blueprint): Template {
  const { name, kind, description } = blueprint;
  const group = groups.namespaced;
  const { schema: form, notes } = toForm(specOf(blueprint, 'namespaced'));
  const type = { apiVersion: `${group}/${apiVersionName}`, kind, group };
  return templateOf({ source: name, type, namespaced: true, description, form, notes }, { name });
}
