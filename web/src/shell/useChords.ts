import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { areas } from './navigation';

/** `g` then a letter goes to an area; `/` puts the cursor in the page's own filter. */
export function useChords(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let armedUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-page-filter]');
        if (!filter) return;
        event.preventDefault();
        filter.focus();
      } else if (event.key === 'g') {
        armedUntil = event.timeStamp + 1200;
      } else if (event.timeStamp < armedUntil) {
        armedUntil = 0;
        const area = areas.find((candidate) => candidate.key === event.key);
        if (area) void navigate({ to: area.to });
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}
