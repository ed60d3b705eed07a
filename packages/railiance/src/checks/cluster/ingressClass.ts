import { isStatus } from '../../kubernetes/apiError.ts';
import { defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { type ClusterInput, patient } from './clusterCheck.ts';

export interface IngressClassInput extends ClusterInput {
  readonly className: string;
}

interface IngressClass {
  readonly spec?: { readonly controller?: string };
}

const path = '/apis/networking.k8s.io/v1/ingressclasses';

/** Is there a controller for the class that the app's route names? Without one a route is made, and nothing happens. */
export const ingressClassCheck = defineCheck<IngressClassInput>({
  name: 'ingress class',
  run: ({ api, className }, context) =>
    look('ingress class', async () => {
      const signal = patient(context.signal);
      try {
        const { spec } = await api.call<IngressClass>(`${path}/${encodeURIComponent(className)}`, { signal });
        const controller = spec?.controller ?? 'an unnamed controller';
        return {
          verdict: 'pass',
          summary: `${className}, served by ${controller}`,
          evidence: { className, controller },
        };
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
        const { items } = await api.call<{ items: { metadata: { name: string } }[] }>(path, { signal });
        const known = items.map(({ metadata }) => metadata.name);
        const hint =
          known.length === 0
            ? 'install an ingress controller'
            : `ingress.class = "${known[0]}" in the stage's settings`;
        return {
          verdict: 'fail',
          summary: `there is no ingress class ${className}`,
          hint,
          evidence: { className, known },
        };
      }
    }),
});
