import type { IconButtonProps, RegistryWidgetsType, TemplatesType, WidgetProps } from '@rjsf/utils';
import type { Values } from 'forms';

/** A choice that a screen reader can name: the library gives the one between alternatives no label. */
function Select({
  id,
  value,
  options,
  multiple,
  required,
  disabled,
  placeholder,
  label,
  onChange,
  rawErrors = [],
}: WidgetProps<Values>) {
  const { enumOptions = [] } = options;
  const chosen = (one: unknown) => String(enumOptions.findIndex((option) => option.value === one));
  const valueAt = (index: string) => enumOptions[Number(index)]?.value;
  const isAlternative = /__(any|one)of_select$/.test(id);
  return (
    <select
      id={id}
      {...(isAlternative && { 'aria-label': `${label}: set or not` })}
      aria-invalid={rawErrors.length > 0}
      multiple={multiple ?? false}
      required={required ?? false}
      disabled={disabled ?? false}
      value={multiple ? (value ?? []).map(chosen) : value === undefined ? '' : chosen(value)}
      onChange={({ target }) => {
        const picked = [...target.selectedOptions].map((option) => valueAt(option.value));
        onChange(multiple ? picked : picked[0]);
      }}
    >
      {!multiple && !isAlternative && <option value="">{placeholder}</option>}
      {enumOptions.map((option, index) => (
        <option key={option.label} value={index}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface IconProps extends IconButtonProps<Values> {
  readonly text: string;
  readonly name: string;
}

function Icon({ text, name, className = '', onClick, disabled }: IconProps) {
  return (
    <button type="button" className={className} onClick={onClick} disabled={disabled} aria-label={name} title={name}>
      <span aria-hidden="true">{text}</span>
    </button>
  );
}

export const widgets: RegistryWidgetsType<Values> = { SelectWidget: Select };

/** Buttons of the library show fonts of icons that this page does not have. */
export const templates: Partial<Omit<TemplatesType<Values>, 'ButtonTemplates'>> & {
  ButtonTemplates: Partial<TemplatesType<Values>['ButtonTemplates']>;
} = {
  ButtonTemplates: {
    AddButton: (props) => <Icon {...props} text="+" name="Add" />,
    RemoveButton: (props) => <Icon {...props} text="×" name="Remove" />,
    MoveUpButton: (props) => <Icon {...props} text="↑" name="Move up" />,
    MoveDownButton: (props) => <Icon {...props} text="↓" name="Move down" />,
    CopyButton: (props) => <Icon {...props} text="⧉" name="Copy" />,
  },
};
