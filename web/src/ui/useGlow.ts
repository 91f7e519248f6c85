import { useEffect, useRef, useState } from 'react';

/** The class that makes an element glow once when its value changes (not when it first appears). */
export function useGlow(value: unknown): { readonly className: string; readonly key: number } {
  const previous = useRef(value);
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (previous.current === value) return;
    previous.current = value;
    setCount((n) => n + 1);
  }, [value]);
  return { className: count ? 'fw-glow' : '', key: count };
}
