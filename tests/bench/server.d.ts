export function serve(): Promise<{
	origin: string;
	requests: string[];
	close(): void;
}>;
