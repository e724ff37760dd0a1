"""What several analyses say of customers: stages, acquisition, value, forecast, backtest."""
