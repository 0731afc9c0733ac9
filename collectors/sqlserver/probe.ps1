# sqlserver: which Microsoft SQL Servers are installed, by what their setup wrote into the registry. No server is asked,
# and nothing in a database is seen. A 32-bit SQL Server on 64-bit Windows has its entries elsewhere; both are looked at. A name
# may stand in both places, with its setup in one of them.

function sqlserver_instances {
  $ErrorActionPreference = 'Stop'
  $instances = @()
  $roots = @('HKLM:\SOFTWARE\Microsoft\Microsoft SQL Server', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Microsoft SQL Server')
  foreach ($root in $roots) {
    $names = "$root\Instance Names\SQL"
    if (Test-Path -LiteralPath $names) {
      $key = Get-Item -LiteralPath $names
      foreach ($name in @($key.Property)) {
        $id = [string](Get-ItemProperty -LiteralPath $names -Name $name).$name
        $told = @{ Name = [string]$name; Id = $id; Edition = ''; Version = ''; PatchLevel = '' }
        if (Test-Path -LiteralPath "$root\$id\Setup") {
          $setup = Get-ItemProperty -LiteralPath "$root\$id\Setup"
          $told = @{
            Name = [string]$name
            Id = $id
            Edition = [string]$setup.Edition
            Version = [string]$setup.Version
            PatchLevel = [string]$setup.PatchLevel
          }
        }
        $instances += $told
      }
    }
  }
  $found = @{ Instances = $instances; InstancesCount = $instances.Count }
  ConvertTo-Json -InputObject $found -Depth 4 -Compress
}
