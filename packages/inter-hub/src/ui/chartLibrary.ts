import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

// Named one by one, so that a build holds only what is drawn with.
use([BarChart, LineChart, GridComponent, SVGRenderer]);

export { init };
