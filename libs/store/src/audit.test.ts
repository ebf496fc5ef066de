import { micros } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditHash, GENESIS_HASH } from './audit.ts';
import { closeConnections, connect } from './database.ts';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const entry = (n: number) => ({
  at: micros(1_450_967_400_000_000 + n),
  actor: 'operator',
  action: 'kill-switch',
  facts: { z: n, a: [0.1, null], text: 'ä "quoted"' },
});

describe('audit log', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it('hashes a row as written in its definition', () => {
    // echo -n '0000...(64)...{"action":"kill-switch",...}' | sha256sum
    expect(auditHash(GENESIS_HASH, 1, { at: micros(1), actor: 'a', action: 'b', facts: {} })).toBe(
      'd89ad5fa1ce767713415f2b83142c6dacea3bca928758d6c92c46e2ee0b074a0',
    );
  });

  it('is one unbroken chain, whoever appends, and shows every change', async () => {
    const { store, databaseUrl } = temporary;
    expect(await store.audit.verify()).toEqual({ intact: true, rows: 0, head: GENESIS_HASH });
    const rows = await Promise.all(Array.from({ length: 10 }, (_, i) => store.audit.append(entry(i))));
    const last = rows.toSorted((a, b) => a.id - b.id).at(-1);
    expect(await store.audit.verify()).toEqual({ intact: true, rows: 10, head: last?.hash });

    const admin = connect(databaseUrl, { max: 1, name: 'test admin' });
    await admin`update audit set facts = '{"z":99}' where id = 4`;
    expect(await store.audit.verify()).toMatchObject({
      intact: false,
      rows: 3,
      brokenAt: 4,
      why: 'its content was changed',
    });
    await admin`delete from audit where id = 4`;
    expect(await store.audit.verify()).toMatchObject({ intact: false, brokenAt: 4, why: 'row 4 is missing' });
    await admin`update audit set id = id - 1 where id > 4`;
    expect(await store.audit.verify()).toMatchObject({
      intact: false,
      brokenAt: 4,
      why: 'it does not follow the row before it',
    });
    await closeConnections(admin);
  });
});
