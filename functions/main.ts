import { blueprints } from './blueprints.ts';
import { serve } from './core/server.ts';

await serve(blueprints, process.argv.slice(2));
