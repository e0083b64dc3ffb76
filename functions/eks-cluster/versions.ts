interface KubernetesVersion {
  readonly version: string;
  readonly endOfStandardSupport: string;
  readonly endOfExtendedSupport: string;
}

/**
 * Versions that Amazon EKS offers, with the days on which support ends. Source: EKS user guide, "Understand the
 * Kubernetes version lifecycle on EKS", release calendar, as endoflife.date had it on 2026-08-22.
 */
export const kubernetesVersions: readonly KubernetesVersion[] = [
  { version: '1.31', endOfStandardSupport: '2025-11-26', endOfExtendedSupport: '2026-11-26' },
  { version: '1.32', endOfStandardSupport: '2026-03-23', endOfExtendedSupport: '2027-03-23' },
  { version: '1.33', endOfStandardSupport: '2026-07-29', endOfExtendedSupport: '2027-07-29' },
  { version: '1.34', endOfStandardSupport: '2026-12-02', endOfExtendedSupport: '2027-12-02' },
  { version: '1.35', endOfStandardSupport: '2027-03-27', endOfExtendedSupport: '2028-03-27' },
  { version: '1.36', endOfStandardSupport: '2027-08-02', endOfExtendedSupport: '2028-08-02' },
];

/** The calendar as a sentence for the reference page. */
export const supportCalendar = kubernetesVersions
  .map(
    ({ version, endOfStandardSupport, endOfExtendedSupport }) =>
      `${version} until ${endOfStandardSupport}, extended ${endOfExtendedSupport}`,
  )
  .join('; ');

/** Minor versions from one version to another; EKS takes one at a time and never goes back. */
export const minorsBetween = (from: string, to: string): number => minorOf(to) - minorOf(from);

const minorOf = (version: string): number => Number(version.split('.')[1]);
