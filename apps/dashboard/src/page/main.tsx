import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { browser } from './browser.tsx';
import { Page } from './page.tsx';

const root = document.getElementById('page');
if (root) render(<Page outside={browser} />, root);
