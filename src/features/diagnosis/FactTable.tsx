import styles from './FactTable.module.css';

export type Fact = readonly [name: string, value: string];

export function FactTable({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  return (
    <section className={styles.section}>
      <h2>{title}</h2>
      <dl className={styles.list}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.row}>
            <dt className={styles.name}>{name}</dt>
            <dd className={styles.value}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
