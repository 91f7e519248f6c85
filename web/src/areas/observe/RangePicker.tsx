import { Button, SegmentedControl } from '@mantine/core';
import { exact } from '../../api/time';
import { presets, type RangeSearch } from './range';

interface Props {
  readonly search: RangeSearch;
  readonly change: (range: RangeSearch) => void;
}

/** One time range for everything on the page. */
export function RangePicker({ search, change }: Props) {
  if (search.from && search.to)
    return (
      <Button size="xs" variant="default" onClick={() => change({ range: search.range })} title="Back to a range that moves with the clock">
        {exact(Number(search.from) * 1000)} – {exact(Number(search.to) * 1000)} ✕
      </Button>
    );
  return (
    <SegmentedControl
      size="xs"
      aria-label="Time range"
      data={presets.map(({ value, label }) => ({ value, label }))}
      value={presets.some((preset) => preset.value === search.range) ? (search.range as string) : '1h'}
      onChange={(value) => change({ range: value })}
    />
  );
}
