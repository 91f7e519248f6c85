import { Switch } from '@mantine/core';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { search } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useMemo, useRef, useState } from 'react';
import { stringify } from 'yaml';
import type { KubeObject } from '../../../api/kinds';
import { Copying } from '../../../ui/Command';
import classes from './ObjectDrawer.module.css';

const colors = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--fw-accent-text)' },
    { tag: [tags.string, tags.content], color: 'var(--fw-text)' },
    { tag: [tags.number, tags.bool, tags.null], color: 'var(--fw-ok)' },
    { tag: tags.comment, color: 'var(--fw-text-3)' },
  ]),
);

const look = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'var(--fw-surface)', color: 'var(--fw-text)', maxHeight: 'calc(100dvh - 260px)' },
  '.cm-scroller': { fontFamily: 'var(--fw-mono)', lineHeight: '20px' },
  '.cm-gutters': { backgroundColor: 'var(--fw-surface)', color: 'var(--fw-text-3)', border: 'none', paddingLeft: '8px' },
  '&.cm-focused': { outline: '2px solid var(--fw-accent)', outlineOffset: '-2px' },
});

/** The live object as YAML, to read and copy. */
export default function Yaml({ object }: { object: KubeObject }) {
  const [managed, setManaged] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const text = useMemo(() => textOf(object, managed), [managed, object]);
  const first = useRef(text);

  useEffect(() => {
    if (!box.current) return;
    const editor = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [lineNumbers(), yaml(), colors, look, search(), EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ 'aria-label': 'YAML', tabindex: '0' })],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  return (
    <>
      <div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center', marginBottom: 8 }}>
        <Switch size="xs" label="Show which manager owns each field" checked={managed} onChange={(event) => setManaged(event.currentTarget.checked)} />
        <Copying text={text} label="Copy the YAML" />
      </div>
      <div className={classes.editor} ref={box} />
    </>
  );
}

function textOf(object: KubeObject, managed: boolean): string {
  if (managed) return stringify(object, { lineWidth: 0 });
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return stringify({ ...object, metadata }, { lineWidth: 0 });
}
