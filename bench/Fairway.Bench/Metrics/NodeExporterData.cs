namespace Fairway.Bench.Metrics;

/// <summary>
/// Series like those of a node exporter, from a seed: for each machine 250 of them, and in the proportions that such a page has.
/// More than half never change, the others are counters of seconds with two decimals, counters of bytes, packets and operations,
/// sizes in pages of 4096 bytes, small whole gauges, load averages, and durations with all digits.
/// </summary>
internal sealed class NodeExporterData
{
    private const int PerMachine = 250;
    private readonly List<Line> _lines = [];

    public NodeExporterData(int series)
    {
        for (int machine = 0; _lines.Count < series; machine++)
        {
            Machine(machine, series);
        }
    }

    private enum Shape
    {
        Constant,
        Seconds,
        Bytes,
        Operations,
        Pages,
        Small,
        Load,
        Duration,
    }

    public int Count => _lines.Count;

    /// <summary>A series' labels, sorted by name.</summary>
    public IReadOnlyList<(string Name, string Value)> LabelsOf(int index) => _lines[index].Labels;

    /// <summary>The next value of a series.</summary>
    public double Next(int index) => _lines[index].Next();

    private void Machine(int number, int most)
    {
        int from = _lines.Count;
        string[] modes = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"];
        for (int cpu = 0; cpu < 8; cpu++)
        {
            foreach (string mode in modes)
            {
                Add("node_cpu_seconds_total", mode is "irq" or "nice" or "steal" or "iowait" ? Shape.Constant : Shape.Seconds, ("cpu", $"{cpu}"), ("mode", mode));
            }
        }

        foreach (string disk in (string[])["sda", "sdb", "nvme0n1"])
        {
            Add("node_disk_read_bytes_total", disk == "sdb" ? Shape.Constant : Shape.Bytes, ("device", disk));
            Add("node_disk_written_bytes_total", Shape.Bytes, ("device", disk));
            Add("node_disk_reads_completed_total", Shape.Operations, ("device", disk));
            Add("node_disk_writes_completed_total", Shape.Operations, ("device", disk));
            Add("node_disk_io_time_seconds_total", Shape.Seconds, ("device", disk));
            Add("node_disk_io_now", Shape.Constant, ("device", disk));
        }

        foreach (string device in (string[])["eth0", "eth1", "lo", "docker0"])
        {
            Add("node_network_receive_bytes_total", device == "eth1" ? Shape.Constant : Shape.Bytes, ("device", device));
            Add("node_network_transmit_bytes_total", device == "eth1" ? Shape.Constant : Shape.Bytes, ("device", device));
            Add("node_network_receive_packets_total", Shape.Operations, ("device", device));
            foreach (string quiet in (string[])["receive_errs_total", "receive_drop_total", "transmit_errs_total", "up", "mtu_bytes", "speed_bytes"])
            {
                Add("node_network_" + quiet, Shape.Constant, ("device", device));
            }
        }

        foreach (string mount in (string[])["/", "/boot", "/home", "/var"])
        {
            Add("node_filesystem_avail_bytes", mount == "/boot" ? Shape.Constant : Shape.Pages, ("mountpoint", mount));
            Add("node_filesystem_size_bytes", Shape.Constant, ("mountpoint", mount));
            Add("node_filesystem_files_free", mount == "/boot" ? Shape.Constant : Shape.Small, ("mountpoint", mount));
            Add("node_filesystem_readonly", Shape.Constant, ("mountpoint", mount));
        }

        for (int memory = 0; memory < 40; memory++)
        {
            Add($"node_memory_field{memory}_bytes", memory % 3 == 0 ? Shape.Pages : Shape.Constant);
        }

        foreach (string load in (string[])["node_load1", "node_load5", "node_load15"])
        {
            Add(load, Shape.Load);
        }

        for (int collector = 0; collector < 12; collector++)
        {
            Add("node_scrape_collector_duration_seconds", Shape.Duration, ("collector", $"collector{collector}"));
            Add("node_scrape_collector_success", Shape.Constant, ("collector", $"collector{collector}"));
        }

        for (int rest = 0; _lines.Count - from < PerMachine; rest++)
        {
            Shape shape = (rest % 10) switch { 0 => Shape.Operations, 3 => Shape.Small, 6 => Shape.Seconds, _ => Shape.Constant };
            Add($"node_other{rest}" + (shape is Shape.Operations or Shape.Seconds ? "_total" : ""), shape);
        }

        void Add(string metric, Shape shape, params (string, string)[] labels)
        {
            if (_lines.Count < most && _lines.Count - from < PerMachine)
            {
                (string, string)[] all = [("__name__", metric), .. labels, ("instance", $"machine-{number:000}.example:9100"), ("job", "node")];
                _lines.Add(new Line([.. all.OrderBy(one => one.Item1, StringComparer.Ordinal)], shape, new Random(_lines.Count)));
            }
        }
    }

    private sealed class Line(IReadOnlyList<(string, string)> labels, Shape shape, Random random)
    {
        private readonly double _speed = Math.Pow(random.NextDouble(), 3);
        private double _value = Math.Round(random.NextDouble() * (shape switch { Shape.Bytes or Shape.Pages => 1e10, Shape.Small => 500, Shape.Load => 4, _ => 1e6 }));

        public IReadOnlyList<(string Name, string Value)> Labels => labels;

        public double Next()
        {
            switch (shape)
            {
                case Shape.Seconds:
                    _value = Math.Round((_value + (random.NextDouble() * 15 * _speed)) * 100) / 100;
                    break;
                case Shape.Bytes:
                    _value += Math.Floor(random.NextDouble() * 1e7 * _speed * _speed);
                    break;
                case Shape.Operations:
                    _value += random.Next(4) == 0 ? 0 : Math.Floor(random.NextDouble() * 1000 * _speed);
                    break;
                case Shape.Pages:
                    _value += 4096 * Math.Floor((random.NextDouble() - 0.5) * 2000 * _speed);
                    break;
                case Shape.Small:
                    _value += random.Next(3) == 0 ? random.Next(-3, 4) : 0;
                    break;
                case Shape.Load:
                    _value = Math.Round(Math.Max(0, _value + ((random.NextDouble() - 0.5) / 5)) * 100) / 100;
                    break;
                case Shape.Duration:
                    return 0.001 + (random.NextDouble() * 0.004);
            }

            return _value;
        }
    }
}
