export function serve(made?: Record<string, Uint8Array>): Promise<{
	origin: string;
	requests: string[];
	close(): void;
}>;
