// The page: Backstage's step of a template on the form library that it uses, with its options, and hands to fill it in.
import Form from '@rjsf/core';
import { customizeValidator } from '@rjsf/validator-ajv8';
import ajvErrors from 'ajv-errors';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { extractSchemaFromStep } from 'scaffolder-schema';

// As in plugin-scaffolder-react 2.1.0, Stepper.
const validator = customizeValidator();
ajvErrors(validator.ajv);
const behavior = { allOf: 'populateDefaults' };

const root = createRoot(document.getElementById('root'));
let submitted;
let errors;

/** Shows a step of a template afresh. */
window.show = async (step) => {
  submitted = undefined;
  errors = undefined;
  const { schema, uiSchema } = extractSchemaFromStep(step);
  const onSubmit = ({ formData }) => {
    submitted = formData;
  };
  const onError = (found) => {
    errors = found.map(({ stack }) => stack);
  };
  const props = { key: Math.random(), schema, uiSchema, validator, onSubmit, onError, showErrorList: 'top' };
  root.render(createElement(Form, { ...props, experimental_defaultFormStateBehavior: behavior }));
  await settled();
};

/** Sends the form as a person would, and tells what came out. */
window.submit = async () => {
  submitted = undefined;
  errors = undefined;
  document.querySelector('button[type=submit]').click();
  await settled();
  return { submitted, errors: errors ?? refusedByBrowser() };
};

/** Backstage leaves the browser's own checks on, which stop a form before the library sees it. */
function refusedByBrowser() {
  const refused = [...document.querySelectorAll('input:invalid, select:invalid, textarea:invalid')];
  return refused.length === 0 ? undefined : refused.map(({ id, validationMessage }) => `${id}: ${validationMessage}`);
}

/** Boxes that the form library shows for what it can't render. */
window.unsupported = () => [...document.querySelectorAll('.unsupported-field')].map(({ textContent }) => textContent);

/** Enters a value into the form of a schema; null for what was chosen to be set and shall not be. */
window.enter = async (schema, value, id = 'root') => {
  if (schema.anyOf) return enterAlternative(schema, value, id);
  if (Array.isArray(value)) return enterList(schema, value, id);
  if (typeof value === 'object') return enterObject(schema, value, id);
  const element = byId(id);
  if (element.tagName === 'SELECT') choose(element, [labelOf(value)]);
  else type(element, String(value));
  await settled();
};

async function enterAlternative({ anyOf }, value, id) {
  const isChoice = anyOf[0].type === 'null';
  const index = (isChoice && value !== null) || typeof value === 'string' ? 1 : 0;
  choose(byId(`${id}__anyof_select`), [anyOf[index].title]);
  await settled();
  if (value !== null) await window.enter(anyOf[index], value, id);
}

async function enterList({ items }, value, id) {
  if (byId(id).tagName === 'SELECT') {
    choose(byId(id), value.map(labelOf));
    await settled();
    return;
  }
  for (const [index, item] of value.entries()) {
    const present = addButton(id).closest('fieldset').querySelectorAll(':scope > .array-item-list > .array-item');
    if (present.length <= index) addButton(id).click();
    await settled();
    await window.enter(items, item, `${id}_${index}`);
  }
}

async function enterObject(schema, value, id) {
  const fields = { ...schema.properties };
  for (const { then } of schema.allOf ?? []) Object.assign(fields, then?.properties);
  for (const { oneOf } of Object.values(schema.dependencies ?? {})) {
    for (const { properties } of oneOf) Object.assign(fields, properties, fields);
  }
  const order = Object.keys(fields);
  const entries = Object.entries(value).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  for (const [name, member] of entries) {
    if (fields[name] === undefined) await addField(id, name);
    await window.enter(fields[name] ?? schema.additionalProperties, member, `${id}_${name}`);
  }
}

async function addField(id, name) {
  addButton(id).click();
  await settled();
  const key = byId(`${id}_newKey-key`);
  key.focus();
  type(key, name);
  key.blur();
  await settled();
}

/** The button that adds an item or field right here, and not further in. */
function addButton(id) {
  const fieldset = byId(id);
  const buttons = [...fieldset.querySelectorAll('button.btn-add')];
  const own = buttons.find((button) => button.closest('fieldset') === fieldset);
  if (!own) throw new Error(`${id} has no button to add something`);
  return own;
}

function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the form has no ${id}`);
  return element;
}

const labelOf = (value) => (typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value));

function choose(select, labels) {
  const options = labels.map((label) => [...select.options].find(({ text }) => text === label));
  if (options.includes(undefined)) throw new Error(`${select.id} has no ${labels} but ${select.textContent}`);
  for (const option of select.options) option.selected = options.includes(option);
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

function type(element, text) {
  // React watches the setter of the element itself, so the prototype's is used.
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), 'value').set.call(element, text);
  element.dispatchEvent(new Event('input', { bubbles: true }));
}

/** React has rendered when the tasks that it queued have run. */
async function settled() {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setTimeout(resolve));
}
