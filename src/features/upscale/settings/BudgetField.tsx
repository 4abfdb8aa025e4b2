import { useActions, useAppState } from '../../../store/context.ts';
import { budgets } from '../../../store/settings.ts';
import { Field } from '../../ui/fields/Field.tsx';
import { formatBytes } from '../../ui/format.ts';

/** A slider over fixed sizes: even steps to the eye, each about half as much again. */
export function BudgetField() {
  const budget = useAppState(({ settings }) => settings.options.memoryBudget);
  const { setOptions } = useActions();
  const text = formatBytes(budget);
  return (
    <Field label="Memory budget" id="budget" value={text} hint="The most that one tile’s tensors may take.">
      <input
        id="budget"
        type="range"
        min={0}
        max={budgets.length - 1}
        step={1}
        value={budgets.indexOf(budget)}
        aria-valuetext={text}
        aria-describedby="budget-hint"
        onChange={(event) => {
          const memoryBudget = budgets[event.target.valueAsNumber];
          if (memoryBudget !== undefined) setOptions({ memoryBudget });
        }}
      />
    </Field>
  );
}
